import { registry } from "@web/core/registry";
import { IntegerField, integerField } from "@web/views/fields/integer/integer_field";

/** The reply code of a server, such as 250: no thousands, and nothing where there is none. */
export class CodeField extends IntegerField {
    get formattedValue() {
        return this.value ? String(this.value) : "";
    }
}

registry.category("fields").add("mail_code", { ...integerField, component: CodeField });
