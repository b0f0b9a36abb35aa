"""What is computed of a graph: tables by the names of its nodes.

`count` reads every node as it is counted, `memory` says what is alive while each runs and
`backward` what each keeps for training; `receptive_field/` says what each sees, `output_strides`
how coarse its map is, `stochastic_depth` which paths training drops. `node_tables` has them all,
each made once. `input_axes` names the axes of an input by what reads it.
"""
