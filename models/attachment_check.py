"""Whether the files of a mail are there. No model."""

from collections import defaultdict

from ..tools.problem import AttachmentError


def check_attachments(mail, emails):
    """Core sends a file that is missing from the filestore as an empty one, or leaves it out.

    :raise AttachmentError: a file of the mail is missing or not what it was
    """
    contents = defaultdict(list)
    for name, content, _mimetype in emails[0]["attachments"] if emails and mail.attachment_ids else ():
        contents[name].append(len(content or b""))
    for attachment in mail.attachment_ids.sudo():
        if not attachment.store_fname or attachment.file_size in contents[attachment.name]:
            continue
        # Not among what is sent: a link instead, or an add-on has changed it. Then the file itself decides.
        stored = attachment._file_read(attachment.store_fname)
        if attachment.file_size and attachment._compute_checksum(stored or b"") != attachment.checksum:
            raise AttachmentError(attachment.name)
