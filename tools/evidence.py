"""The columns that all evidence of a mail has in common: by them it is found, and may be read, when the mail is gone.

The model ``mail.evidence`` has them as its fields, so every trace of a mail has them, too.

>>> EVIDENCE_COLUMNS[:2]
('mail_mail_id', 'mail_message_id')
"""

EVIDENCE_COLUMNS = ("mail_mail_id", "mail_message_id", "message_id", "model", "res_id", "author_id", "company_id")
