"""Reading a spec file, in two phases, each in the order of its modules.

The file, whatever preset is wanted; all its problems are reported at once:
`strict_json` (bytes to JSON values), `values` (texts, numbers, expressions, fields), `declarations`
(arguments, and what is `allowed`), `context` (the names that an item sees), `uses` (of ops and
blocks), `items` (lists of items), `families` (what a file says of its networks), `read` (the whole
file, to the `Spec` that `model` describes).

Each preset, to a `Graph`; the first problem ends it:
`fragment` (nodes, and what names mean among them), `resolver` (what expressions and references come
to), `nodes` (ops of their fields' values, `same_padding` among these), `block_arguments`,
`item_uses` (of ops and blocks, where they stand), `repeats`, `layout` (lists of items to fragments,
within a `budget`), `expansion` (blocks, each once for its arguments), `outputs`, `assembly` (the
fragment written down), `expand` (a preset's arguments and input to its graph).

`schema` says of the first phase what JSON Schema can say, for editors.
"""
