"""Networks of ONNX files: the operators of a file run as calls of torch, without numbers.

- `opening` opens a file that nobody vouches for, and `reading` takes it apart: its nodes, what it
  stores, its inputs.
- `operators/` has the call of torch that each operator of ONNX is.
- `running` makes those calls on torch's meta device, under the same listener as a torch module, so
  that the same rules make ops of them and the same formulas check them. `inferring` asks ONNX for
  the shapes, with which they are compared.
- `places` says which module a node was in, where the file tells.
"""
