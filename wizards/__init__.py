from . import base_partner_merge
from . import account_move_send_wizard
from . import base_module_uninstall
from . import mail_compose_message
from . import mail_report_assign
from . import mail_server_doctor
