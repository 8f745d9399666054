from . import mail_document_access
from . import mail_evidence
from . import mail_transaction
from . import mail_recipient
from . import ir_mail_server
from . import mail_sender
from . import mail_mail
from . import account_move
