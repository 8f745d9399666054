-- A copy sends nothing, watches nothing, keeps no secret. Odoo itself archives mail servers and mailboxes and switches
-- scheduled actions off, before or after this; here is what somebody would set free who switches them on again.

-- no password, token or key of a mail server or mailbox, of whichever add-on it is (as models/secret_fields.py)
DO $$
DECLARE found record;
BEGIN
    FOR found IN
        SELECT table_name, column_name, is_nullable FROM information_schema.columns
         WHERE table_schema = current_schema AND table_name IN ('ir_mail_server', 'fetchmail_server')
           AND column_name ~ '(pass(word|wd)?|token|secret|api_?key|private_key)$'
           AND data_type IN ('character varying', 'text', 'bytea', 'json', 'jsonb')
    LOOP
        IF found.is_nullable = 'YES' THEN
            EXECUTE format('UPDATE %I SET %I = NULL WHERE %I IS NOT NULL',
                           found.table_name, found.column_name, found.column_name);
        ELSE
            EXECUTE format('UPDATE %I SET %I = DEFAULT', found.table_name, found.column_name);
        END IF;
    END LOOP;
END $$;

-- where OCA's server_environment keeps them instead: a text column with one object
DO $$
DECLARE found record;
BEGIN
    FOR found IN
        SELECT table_name FROM information_schema.columns
         WHERE table_schema = current_schema AND table_name IN ('ir_mail_server', 'fetchmail_server')
           AND column_name = 'server_env_defaults'
    LOOP
        EXECUTE format($q$
            UPDATE %I SET server_env_defaults = (
                SELECT jsonb_object_agg(key, value)::text FROM jsonb_each(server_env_defaults::jsonb)
                 WHERE key !~ '(pass(word|wd)?|token|secret|api_?key|private_key)_env_default$')
             WHERE server_env_defaults LIKE '{%%'$q$, found.table_name);
    END LOOP;
END $$;

-- mailboxes have to be set up, tried and confirmed again
UPDATE fetchmail_server
   SET state = 'draft', report_position = NULL, report_error = NULL, error_date = NULL, error_message = NULL;

-- a fault of the real database's server is none of the copy's
UPDATE ir_mail_server
   SET suspended_until = NULL, suspended_since = NULL, suspension_reason = NULL, suspension_count = 0,
       limited_until = NULL, told_keys = NULL;

-- attempts that were going on in the real database: nobody here knows how they ended
UPDATE mail_transaction
   SET outcome = CASE WHEN data_date IS NULL THEN 'aborted' ELSE 'unknown' END,
       problem = 'the sending process ended before the server answered', end_date = now() AT TIME ZONE 'UTC'
 WHERE outcome = 'open';

-- what waits is sent by the real database, and by it alone
UPDATE mail_notification
   SET notification_status = 'canceled'
  FROM mail_mail
 WHERE mail_notification.mail_mail_id = mail_mail.id AND notification_status IN ('ready', 'process', 'pending')
   AND (mail_mail.state = 'outgoing' OR mail_mail.retry_date IS NOT NULL);
UPDATE mail_recipient
   SET state = 'canceled'
 WHERE state IN ('queued', 'deferred');
UPDATE mail_mail
   SET state = 'cancel', delivery_status = CASE WHEN delivery_status IN ('queued', 'deferred') THEN 'canceled'
                                                ELSE delivery_status END,
       retry_date = NULL, waits_for_server_id = NULL, is_held = FALSE, release_key = NULL
 WHERE state = 'outgoing' OR retry_date IS NOT NULL;

-- by the token of an envelope a returned mail proves itself, in the real database, too: whoever has the copy has none
UPDATE mail_transaction
   SET envelope_id = NULL, sender = NULL, transcript = NULL, sent_message = NULL
 WHERE envelope_id IS NOT NULL OR sender IS NOT NULL OR transcript IS NOT NULL OR sent_message IS NOT NULL;
UPDATE mail_recipient
   SET envelope_id = NULL
 WHERE envelope_id IS NOT NULL;
UPDATE mail_report
   SET envelope_id = NULL, source_id = NULL
 WHERE envelope_id IS NOT NULL OR source_id IS NOT NULL;
DELETE FROM ir_attachment
 WHERE res_model = 'mail.report' AND res_field = 'source_id'
    OR res_model = 'mail.transaction.file';

-- copies that are still to be made are made by the real database
UPDATE mail_sent_copy
   SET state = 'failed', reason = 'off', retry_date = NULL
 WHERE state = 'waiting';

-- who is told of what
DELETE FROM ir_config_parameter
 WHERE key = 'mail_delivery_status.component_told';
