"""The receptive field of every node: what its output positions see of the network's input.

`axis` is what is seen along one axis and `advance` takes it through a window; `through` takes it
through an op and `propagation` through a graph, whose `copies` of a block see alike; `seen` is what
comes of it, `together` what all positions see, `single_figure` one figure where paths differ,
`of_inputs` what is said where there are several inputs, and `of_network` what a whole network is
said to see.

Araujo, Norris, Sim: Computing receptive fields of convolutional neural networks, Distill 2019.
"""
