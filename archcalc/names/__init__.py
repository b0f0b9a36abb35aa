"""What users call networks, what they set, and what layers are called.

`catalog` has the built-in specs by name, `spelling` reads the names of other models, `variants`
those with settings in brackets; `arguments` are the values that are set, `layer_names` the dotted
names of layers.
"""
