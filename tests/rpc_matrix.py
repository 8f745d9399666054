"""What comes of each public method of the module, and of each of its routes, by who calls it: `test_rpc_matrix.py`.

A row has a word for each of ROLES, the word a letter for each of KINDS, or one letter for a method that takes no record:

    .  an answer, and nothing has changed    !  something has changed
    A  no right    M  it is gone    U  it cannot be done, in words    S  not exactly one record (Odoo's own error)
    a  u  the same, when the dialog is opened    -  there is no such record

Who may do what is a decision: look at each letter before you add it. `dev.py doors` prints the rows as they are.
"""

# The groups of `test_doors.py`; none of the others is logged in.
ROLES = ("portal", "plain", "billing", "sender", "manager", "admin")
# What a method is called for: a record of one's own company, or one's own dialog; of another company, or somebody else's
# dialog; one that is gone; none; one's own dialog about a record of another company.
KINDS = ("own", "other", "gone", "none", "aimed")

METHODS = """
account.move.action_certificate                       AAMS  AAAS  .AMS  AAAS  AAAS  AAAS
account.move.action_correct_mail_address              AAMS  AAAS  .AMS  AAAS  AAAS  AAAS
account.move.action_open_mail_recipients              AAMS  AAAS  .AMS  AAAS  AAAS  AAAS
account.move.action_open_mails                        AAMS  AAAS  .AMS  AAAS  AAAS  AAAS
account.move.action_send_failed_again                 AAAA  AAAA  .AM.  AAAA  AAAA  AAAA
account.move.action_set_mail_hold                     AAMA  AAAA  AAMA  AAAA  AAAA  AAAA
account.move.send.batch.wizard.action_send_and_print  aAASa aAASa ..MS. aAASa aAASa aAASa
fetchmail.server.action_open_reports                  AAAA  AAAA  AAAA  AAAA  AAAA  ....
fetchmail.server.fetch_mail                           AAAS  AAAS  AAAS  AAAS  AAAS  U!U!MS
ir.mail_server.action_check_sent_folder               AAAS  AAAS  AAAS  AAAS  AAAS  UUMS
ir.mail_server.action_make_sent_copies                AAAA  AAAA  AAAA  AAAA  AAAA  ....
ir.mail_server.action_pause                           AAAA  AAAA  AAAA  AAAA  AAAA  !!..
ir.mail_server.action_resume                          AAAA  AAAA  AAAA  AAAA  AAAA  !!..
ir.mail_server.create                                 A     A     A     A     A     !
ir.mail_server.unlink                                 AAA.  AAA.  AAA.  AAA.  AAA.  !!..
ir.mail_server.write                                  AAA.  AAA.  AAA.  AAA.  AAA.  !!..
mail.certificate.action_print                         AAAA  AAAA  AAM.  AAM.  AAM.  AAM.
mail.certificate.copy                                 AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
mail.certificate.create                               A     A     A     A     A     A
mail.certificate.unlink                               AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
mail.certificate.write                                AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
mail.certificate.issue.action_issue                   aAASa aAASa !AMSA AAMSA AAMSA AAMSA
mail.component.status.action_check                    aAAAa aAAAa aAAAa aAAAa aAAAa .....
mail.component.status.line.action_open                aAASa aAASa aAASa aAASa aAASa .AMS.
mail.decision.copy                                    AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
mail.decision.create                                  A     A     A     A     A     A
mail.decision.unlink                                  AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
mail.decision.write                                   AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
mail.evidence.copy                                    A     A     A     A     A     A
mail.evidence.create                                  A     A     A     A     A     A
mail.evidence.unlink                                  A     A     A     A     A     A
mail.evidence.write                                   A     A     A     A     A     A
mail.import.action_open_mails                         AAAS  AAAS  AAAS  AAAS  AAAS  .AMS
mail.import.action_start                              AAAA  AAAA  AAAA  AAAA  AAAA  UAM.
mail.import.action_stop                               AAAA  AAAA  AAAA  AAAA  AAAA  .AM.
mail.import.write                                     AAA.  AAA.  AAA.  AAA.  AAA.  !AM.
mail.line.lookup.action_find                          aAASa aAASa .AMS. .AMS. .AMS. .AMS.
mail.mail.action_cancel_sending                       AAAA  AAAA  !AMU  AAMU  !AMU  !!MU
mail.mail.action_certificate                          AAAS  AAAS  .AMS  AAMS  .AMS  ..MS
mail.mail.action_edit                                 AAAS  AAAS  .AMS  AAMS  .AMS  ..MS
mail.mail.action_hold                                 AAAA  AAAA  !AMU  AAMU  !AMU  !!MU
mail.mail.action_link_document                        AAAS  AAAS  AAMS  AAMS  .AMS  ..MS
mail.mail.action_open_holds                           AAAS  AAAS  .AMS  AAMS  .AMS  ..MS
mail.mail.action_preview                              AAAS  AAAS  .AMS  AAMS  .AMS  ..MS
mail.mail.action_release                              AAAA  AAAA  !AMU  AAMU  !AMU  !!MU
mail.mail.action_send_again                           AAAS  AAAS  .AMS  AAMS  .AMS  ..MS
mail.mail.action_send_and_close                       AAAA  AAAA  AAAA  AAAA  AAAA  !!M.
mail.mail.action_send_later                           AAAA  AAAA  .AMU  AAMU  .AMU  ..MU
mail.mail.action_send_now                             AAAA  AAAA  AAAA  AAAA  !AMU  !!MU
mail.mail.action_set_hold                             AAAS  AAAS  AAMS  AAMS  .AMS  AAMS
mail.mail.action_support_report                       AAAS  AAAS  .AMS  AAMS  .AMS  ..MS
mail.mail.buffer_notices                              .     .     .     .     .     .
mail.mail.cancel                                      AAAA  AAAA  AAAA  AAAA  AAAA  !!M.
mail.mail.create                                      A     A     A     A     A     !
mail.mail.default_get                                 .     .     .     .     .     .
mail.mail.mark_outgoing                               AAAA  AAAA  AAAA  AAAA  AAAA  !!M.
mail.mail.process_email_queue                         A     A     A     A     A     !
mail.mail.send                                        AAA.  AAA.  AAM.  AAM.  AAM.  !!M.
mail.mail.send_after_commit                           AAAA  AAAA  AAAA  AAAA  AAAA  ..M.
mail.mail.unlink                                      AAAA  AAAA  AAAA  AAAA  AAAA  !!M.
mail.mail.waiting_count                               .     .     .     .     .     .
mail.mail.write                                       AAAA  AAAA  AAAA  AAAA  AAAA  AAM.
mail.mail.edit.action_save                            aAASa aAASa .AMSa aAMSa .AMSa .AMS.
mail.mail.edit.create                                 A     A     U     U     U     U
mail.mail.edit.write                                  aAA.a aAA.a .AM.a aAM.a .AM.a .AM..
mail.mail.link.action_link                            aAASa aAASa aAASa aAASa AAMSa AAMSA
mail.mail.resend.action_open_send_dialog              aAASa aAASa UAMSa aAMSa AAMSa AAMSA
mail.mail.resend.action_send                          aAASa aAASa !AMSa aAMSa !AMSa !AMS!
mail.mail.resend.create                               A     A     U     U     U     U
mail.mail.resend.write                                aAA.a aAA.a .AM.a aAM.a .AM.a .AM..
mail.mail.resend.line.create                          A     A     U     U     U     U
mail.mail.resend.line.write                           aAA.a aAA.a .AM.a aAM.a .AM.a .AM..
mail.mail.schedule.action_schedule                    aAASa aAASa !AMSA AAMSA !AMSA !AMS!
mail.message.delivery_details                         AAMS  AAMS  .AMS  AAMS  AAMS  AAMS
mail.message.unlink                                   AAM.  AAM.  !AM.  AAM.  AAM.  AAM.
mail.message.write                                    AAM.  AAM.  !AM.  AAM.  AAM.  AAM.
mail.notification.create                              A     A     A     A     A     A
mail.recipient.action_correct_address                 AAAS  AAAS  .AMS  AAMS  AAMS  AAMS
mail.recipient.action_send_again                      AAAA  AAAA  !AM.  AAM.  AAM.  AAM.
mail.recipient.action_settle                          AAAA  AAAA  .AM.  AAM.  AAM.  AAM.
mail.recipient.copy                                   AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
mail.recipient.create                                 A     A     A     A     A     A
mail.recipient.unlink                                 AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
mail.recipient.write                                  AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
mail.recipient.correct.action_correct                 aAASa aAASa !AMSa aAMSa aAMSa aAMSa
mail.recipient.correct.create                         A     A     U     U     U     U
mail.recipient.correct.write                          aAA.a aAA.a .AM.a aAM.a aAM.a aAM.a
mail.report.action_assign                             AAAS  AAAS  AAAS  AAAS  .AMS  AAAS
mail.report.action_dismiss                            AAAA  AAAA  AAAA  AAAA  .AM.  AAAA
mail.report.action_download_source                    AAAS  AAAS  AAMS  AAMS  AAMS  ..MS
mail.report.action_reopen                             AAAA  AAAA  AAAA  AAAA  .AM.  AAAA
mail.report.copy                                      AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
mail.report.create                                    A     A     A     A     A     A
mail.report.unlink                                    AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
mail.report.write                                     AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
mail.report.assign.action_assign                      aAASa aAASa aAASa aAASa UAMSa aAASa
mail.report.assign.create                             A     A     A     A     U     A
mail.report.assign.default_get                        .     .     .     .     .     .
mail.report.assign.onchange                           aAAAa aAAAa aAAAa aAAAa .AM.a aAAAa
mail.report.assign.write                              aAA.a aAA.a aAA.a aAA.a .AM.a aAA.a
mail.report.recipient.action_download_source          AAAS  AAAS  AAMS  AAMS  AAMS  ..MS
mail.report.recipient.copy                            AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
mail.report.recipient.create                          A     A     A     A     A     A
mail.report.recipient.unlink                          AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
mail.report.recipient.write                           AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
mail.retention.hold.action_lift                       AAAA  AAAA  AAMA  AAMA  .AM.  AAAA
mail.retention.hold.action_open_document              AAAS  AAAS  .AMS  AAMS  .AMS  ..MS
mail.retention.hold.set.action_set                    aAASa aAASa aAASa aAASa !AMSA aAASa
mail.sent.copy.copy                                   AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
mail.sent.copy.create                                 A     A     A     A     A     A
mail.sent.copy.unlink                                 AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
mail.sent.copy.write                                  AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
mail.server.doctor.action_check                       aAASa aAASa aAASa aAASa aAASa .AMS.
mail.server.doctor.action_look_back                   aAASa aAASa aAASa aAASa aAASa UAMSU
mail.server.doctor.action_send_test                   aAASa aAASa aAASa aAASa aAASa !AMS!
mail.server.export.action_export                      aAASa aAASa aAASa aAASa aAASa .AMS.
mail.server.export.action_open                        A     A     A     A     A     .
mail.server.import.action_import                      aAASa aAASa aAASa aAASa aAASa UAMSU
mail.server.import.action_open                        A     A     A     A     A     .
mail.server.preset.action_apply                       aAASa aAASa aAASa aAASa aAASa UAMSU
mail.server.preset.action_ask_dns                     aAASa aAASa aAASa aAASa aAASa UAMSU
mail.server.preset.action_open_app                    aAASa aAASa aAASa aAASa aAASa .AMS.
mail.server.preset.default_get                        .     .     .     .     .     .
mail.statistics.action_open                           AAAS  AAAS  .AMS  AAMS  .AMS  ..MS
mail.statistics.dashboard                             A     A     .     .     .     .
mail.thread.message_process                           A     !     !     !     !     !
mail.transaction.action_download_message              AAAS  AAAS  AAMS  AAMS  AAMS  AAMS
mail.transaction.copy                                 AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
mail.transaction.create                               A     A     A     A     A     A
mail.transaction.unlink                               AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
mail.transaction.write                                AAAA  AAAA  AAAA  AAAA  AAAA  AAAA
res.company.write                                     AAM.  AAM.  AAM.  AAM.  AAM.  !!M.
res.config.settings.action_run_mail_retention         aAAAa aAAAa aAAAa aAAAa aAAAa .....
res.config.settings.get_values                        .     .     .     .     .     .
res.config.settings.set_values                        aAAAa aAAAa aAAAa aAAAa aAAAa !!M!!
"""

# Each route: what is asked for, and the status that each of ("public", *ROLES) gets.
ROUTES = {
    "/mail_delivery_status/sent_message/<int:transaction_id>": {
        "own": (303, 404, 404, 404, 404, 404, 404),
        "other": (303, 404, 404, 404, 404, 404, 404),
        "gone": (303, 404, 404, 404, 404, 404, 404),
        "junk": (303, 404, 404, 404, 404, 404, 404),
    },
    "/mail_delivery_status/status.json": {"-": (401, 403, 403, 403, 403, 403, 200)},
    "/mail_delivery_status/verify/<token>": {
        "own": (200,) * 7,
        "gone": (404,) * 7,
        "junk": (404,) * 7,
    },
}


def rows_of(table):
    """``{name: [word of each role]}``"""
    rows = [line.split() for line in table.strip().splitlines()]
    found = {name: words for name, *words in rows}
    assert len(found) == len(rows), "a method stands there twice"
    return found
