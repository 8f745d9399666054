"""A mail as it is written: header fields, transfer encodings, parts, bytes (RFC 5322, RFC 2045, RFC 2046, RFC 2047)."""
