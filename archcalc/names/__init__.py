"""What users call networks, what they set, and what layers are called.

`catalog` has the built-in specs by name, `spelling` reads the names of other models, and `in_code`
what could be one in a Python file; `variants` those with settings in brackets; `arguments` are the
values that are set, `layer_names` the dotted names of layers.
"""
