"""Tables of quantities: `network_table` has a row a network, `layer_table` a row a layer.

`network_row` is what is read of a network for its row, `choosing` says which rows are wanted and in
which order, `about` what stands under them of a single network. `table` is what Python calls, and
`printed` what it has of a table.
"""
