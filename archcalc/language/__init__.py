"""Reading a spec file, in two phases, each in the order of its modules.

The file, whatever preset is wanted; all its problems are reported at once:
`strict_json` (bytes to JSON values), `values` (texts, numbers, expressions, fields), `items` (lists
of items, the names in them), `read` (the whole file, to the `Spec` that `model` describes).

Each preset, to a `Graph`; the first problem ends it:
`fragment` (nodes, and what names mean among them), `op_use` (an op of its fields' values),
`expansion` (lists of items to fragments), `expand` (a preset's arguments and input to its graph).

`schema` says of the first phase what JSON Schema can say, for editors.
"""
