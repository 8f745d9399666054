"""Archives of mails: what they are made of, and what a mail in one says.

`container` finds the files in an archive and their mails, `mbox` cuts a mbox file, `outlook` reads `.msg`, `message`
reads one mail, `reference` looks for numbers of documents in it.
"""
