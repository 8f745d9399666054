"""Empty a view of the settings that names a field which is gone.

Odoo checks each view together with those that stand beside it, as they are in the database: the first view of the file
would be refused because of the second one, which is written anew right after it.
"""


def migrate(cr, version):
    cr.execute(
        """UPDATE ir_ui_view SET arch_db = '{"en_US": "<data/>"}'
            WHERE id IN (SELECT res_id FROM ir_model_data
                          WHERE model = 'ir.ui.view' AND module = 'mail_delivery_status'
                                AND name = 'res_config_settings_view_form_report')"""
    )
