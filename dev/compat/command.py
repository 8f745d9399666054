add_arguments=compat=None
