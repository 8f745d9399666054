{
    "name": "E-mail Delivery Status",
    "version": "19.0.1.0.0",
    "category": "Productivity/Discuss",
    "summary": "What the mail server answered, for every mail and every recipient, with its receipt",
    "author": "mail_delivery_status contributors",
    "license": "LGPL-3",
    "development_status": "Beta",
    "depends": ["mail", "account"],
    "data": [
        "security/mail_delivery_status_groups.xml",
        "security/ir.model.access.csv",
        "security/mail_delivery_status_rules.xml",
        "views/mail_recipient_views.xml",
        "views/mail_transaction_views.xml",
        "views/mail_mail_views.xml",
        "views/account_move_views.xml",
        "views/mail_delivery_status_menus.xml",
    ],
    "assets": {
        "web.assets_tests": ["mail_delivery_status/static/tests/tours/*.js"],
    },
    "application": True,
}
