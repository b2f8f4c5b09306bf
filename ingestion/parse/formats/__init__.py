"""How each kind of file becomes text; imported by the parser processes only, but for the light `encoding`."""
