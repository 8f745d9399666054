"""The client side of SMTP (RFC 5321): what is said to a mail server and what its replies mean."""
