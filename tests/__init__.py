from . import (
    test_access,
    test_evidence,
    test_house,
    test_send_bad_input,
    test_send_postfix,
    test_tour,
    test_translations,
)
from .tools import (
    test_enhanced_status,
    test_recipient_state,
    test_retry,
    test_smtp_diagnosis,
    test_smtp_dialogue,
    test_smtp_envelope,
    test_smtp_message,
    test_smtp_receipt,
    test_smtp_reply,
    test_smtp_session,
    test_smtp_tls,
    test_smtp_transcript,
)
