"""The facts of a certificate of sending, and the hash by which its paper can be checked."""
