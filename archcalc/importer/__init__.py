"""Networks of a user's own: a torch module, heard while it runs once without any numbers.

- `copying` makes a copy of a module on torch's meta device, where tensors have shapes alone.
- `listening` runs it and writes down every operator that it calls, with what torch's own formulas
  count inside each.
- `rules/` knows which op of archcalc a call is; `sites` say what a call looks like for one sample.
- `raising` makes a graph of the calls and compares each node with torch; `naming` names nodes.
- `torch_module` puts it together; `from_torch` is how it is called.
- `code_files` finds a module by its spelling, `my_net.py:build`.
"""
