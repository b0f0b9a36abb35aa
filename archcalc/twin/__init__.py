"""A network in PyTorch: the same one as a torch `module`, built from the same graph.

`building` makes it for users to train, `exporting` writes it as a file, `device` says where its
tensors are to be.
"""
