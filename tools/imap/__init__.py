"""The client's side of an IMAP mailbox that mails are put into (RFC 9051; RFC 3501 where servers know no better).

`name` writes and reads the names of folders, `answer` what a server says, `folder` finds the Sent folder in a list,
`sent` looks into it and appends to it, `refusal` says what a refusal means.
"""
