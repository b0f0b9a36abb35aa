"""Networks of a user's own: a torch module, heard while it runs once without any numbers.

- `copying` makes a copy of a module on torch's meta device, where tensors have shapes alone;
  `nested` finds the tensors in what it takes and gives.
- `listening` writes down every operator that it calls, with what torch's own formulas count inside
  each (`heard`, `operators`, `place`); `passes` runs it. `whole_calls` says which calls are taken
  apart, and where each runs; `seen_calls` knows what calls gave that were made before, `constants`
  the numbers of what is made of constants alone.
- `rules/` knows which op of archcalc a call is; `sites` say what a call looks like for one sample.
- `recognition` says which op a call is; `raising` makes `drafts` of nodes of the calls and compares
  each, and their totals, with `torchs_own`; `naming` names them; `graphs` makes a graph of them.
- `torch_module` puts it together; `from_torch` is how it is called.
- `code_files` finds a module by its spelling, `my_net.py:build`.
- `onnx/` makes the calls that an ONNX file says, under the same listener; `onnx_files` loads one.
- `spec_writing` writes a network as a spec, with the blocks that `found_blocks` finds in `levels`;
  `unwritable` says what no spec can say.
"""
