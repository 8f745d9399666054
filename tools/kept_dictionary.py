"""What messages of Odoo have in common, for the compression of those that are kept (RFC 1950 §2.2: preset dictionary).

A dictionary never changes: whatever was packed with it needs it. A better one becomes the next of `DICTIONARIES`, and
is used from then on. In it the more frequent stands nearer to its end, where zlib refers to it by fewer bits.
"""

from __future__ import annotations

from typing import Final

# How Odoo 19 frames what people write, and the button and the summary of a document above it.
_FRAME = """
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<meta name="viewport" content="width=device-width, initial-scale=1.0"/>
<table border="0" cellpadding="0" cellspacing="0" width="590" style="min-width: 590px; background-color: white; \
font-size: 13px; color: #454748; padding: 0px 8px 0px 8px; border-collapse:separate;">
<td align="center" style="min-width: 590px; padding-top: 16px; background-color: #F1F1F1; text-align:right;">
<img src="https://www./web/image/ height="80" width="200" border="1" alt="" class="img-fluid o_we_custom_image" \
data-oe-model="res.company" target="_blank" rel="noopener noreferrer"
<ul style="list-style: none; margin:0px 0px 9px 0px;"><li><p></li></ul><h1><h2><h3>
<blockquote data-o-mail-quote-node="1" data-o-mail-quote="1"><div data-o-mail-quote="1">-- <br data-o-mail-quote="1">
https://www.odoo.com?utm_source=db&amp;utm_medium=email" style="text-decoration: none; color: #875A7B;
&nbsp;&nbsp;&amp;&quot;&lt;&gt;
<html lang="pl_PL"> lang="en_GB"

<html lang="en_US">
<head>
    <meta http-equiv="Content-Type" content="text/html charset=UTF-8"/>
</head>
<body style="font-family:Verdana, Arial,sans-serif; color: #454748;">

<div style="display: none; max-height: 0px; overflow: hidden; color:#fff; font-size:0px; line-height:0px">\
 [...]
\x20   \x20
    \u034f \u200b \u034f \u200b \u034f \u200b \u034f \u200b \u034f \u200b \u034f \u200b\x20
</div>
<div style="max-width: 900px; width: 100%;">
<div itemscope="itemscope" itemtype="http://schema.org/EmailMessage">
    <div itemprop="potentialAction" itemscope="itemscope" itemtype="http://schema.org/ViewAction">
        <link itemprop="target" href="https:///mail/view?access_token=&amp;auth_signup_token=\
&amp;hash=&amp;model=account.move&amp;pid=&amp;res_id=sale.order"/>
        <link itemprop="url" href="http://localhost:8069/mail/view?model=
        <meta itemprop="name" content="View \
Journal Entry"/>
    </div>
</div>
<div summary="o_mail_notification" style="padding: 0px;">
    <table role="presentation" cellspacing="0" cellpadding="0" border="0" style="width: 100%; margin-top: 5px;">
        <tbody>
            <tr>
                <td valign="center" style="white-space:nowrap;">
                    <table cellspacing="0" cellpadding="0" border="0">
                        <tbody>
                            <tr>
                                <td style="border-radius: 3px; text-align: center; background: #875A7B;">
                                    <a href="http" style="font-size: 12px; color: #FFFFFF; display: block; \
padding: 8px 12px 11px; text-decoration: none !important; font-weight: bold;">
                                        View Invoice
                                    </a>
                                </td>
                                <td>&nbsp;&nbsp;</td>
                                <td style="font-size: 12px;">
                                        <span style="font-weight:bold;">INV/2026/000</span>
                                        <br/>
                                        <span style=""> due
                                </td>

                            </tr>
                        </tbody>
                    </table>
                </td>
            </tr>
            <tr>
                <td valign="center">
                    <hr width="100%" style="background-color:rgb(204,204,204);border:medium none;clear:both;\
display:block;font-size:0px;min-height:1px;line-height:0;margin: 10px 0px;"/>
                    <p style="background: #; opacity: 0.7;
                </td>
            </tr>
        </tbody>
    </table>
</div>

<div style="font-size: 13px;"><div style="margin:0px; padding:0px">
    <p style="margin:0px; padding:0px; font-size:13px">
        <br><br>
            <span style="font-weight:bold">
                <strong></strong>
            </p><div data-o-mail-quote="1">--<br data-o-mail-quote="1"><div data-o-mail-quote="1"></div></div>
   \x20
</div>
            </div>

               \x20
           \x20
</div>
</body></html>
<a href="https://" style="color: #875A7B;"></a><p style="margin:0 0 12px 0"></p><p style='margin: 0 0 12px 0;'><br></p>
"""

# The fields that core, the module and their makers of messages write, in the order that they have there.
_FIELDS = """\
Message-Id: <-openerp-private@odoo.com>
references: <-openerp-message-notify@-openerp-1-account.move@-openerp-2-sale.order@-openerp-3-res.partner@
In-Reply-To: <Subject: =?utf-8?q?_=C5=82=C3=B3?=
From: "" <@gmail.com>
Reply-To: "Administrator" <catchall@
To: "
Cc:\x20
Date: Mon, Tue, Wed, Thu, Fri, Sat, Sun, Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec 2027 2026 00:00:00 -0000
Return-Path: bounce@
X-Odoo-Objects: account.move-
Disposition-Notification-To:\x20
Return-Receipt-To:\x20
Auto-Submitted: auto-generated
X-Auto-Response-Suppress: OOF
MIME-Version: 1.0
Content-Type: multipart/mixed;
 boundary="===============1234567890=="
X-Envelope-Id: 0123456789abcdef

--===============
Content-Type: multipart/alternative;
 boundary="===============

--===============
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: 7bit
MIME-Version: 1.0

Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="Faktura FV_2026_.pdf"
Content-Type: application/pdf
Content-Transfer-Encoding: quoted-printable
MIME-Version: 1.0


--===============
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable
MIME-Version: 1.0


--===============--

--===============--
"""

DICTIONARIES: Final = ((_FRAME + _FIELDS.replace("\n", "\r\n")).encode(),)
