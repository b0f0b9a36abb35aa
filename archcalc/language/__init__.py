"""Reading a spec file: strict JSON, a checked Spec, then a Graph for each preset."""
