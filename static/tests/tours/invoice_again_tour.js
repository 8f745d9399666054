import { registry } from "@web/core/registry";

// A clerk asks the envelope in the chatter why the invoice did not arrive, and sends it again from the banner.
registry.category("web_tour.tours").add("mail_delivery_status_invoice_again", {
    steps: () => [
        {
            content: "The form says it in one word",
            trigger: "button[name=action_open_mails]:contains(Refused)",
        },
        {
            content: "The envelope is red: open it",
            trigger: ".o-mail-Message-notification.text-danger",
            run: "click",
        },
        {
            content: "It tells what the server said, what that means and what to do",
            trigger:
                ".o_mail_delivery:contains(Refused):contains(no such mailbox):contains(Correct the address):contains(550 5.1.1 No such user)",
        },
        {
            content: "Try again, from there",
            trigger: ".o_mail_delivery button:contains(Try again)",
            run: "click",
        },
        {
            content: "It waits, and is not offered twice",
            trigger: ".o_mail_delivery:contains(To send):not(:has(button:contains(Try again)))",
        },
    ],
});

// Of several recipients the envelope names each once: who needs somebody first, and not core's line as well.
registry.category("web_tour.tours").add("mail_delivery_status_envelope_of_several", {
    steps: () => [
        {
            content: "Open the envelope",
            trigger: ".o-mail-Message-notification.text-danger",
            run: "click",
        },
        {
            content: "What failed comes first",
            trigger: ".o_mail_delivery:first:contains(refused@dest.test):contains(Refused)",
        },
        {
            content: "Name and address stand above each answer, and nowhere else",
            trigger: ".o_mail_delivery strong:contains(bob@dest.test)",
            run() {
                const popover = document.querySelector(".o-mail-MessageNotificationPopover");
                if (popover.innerText.split("Bob (bob@dest.test)").length !== 2) {
                    throw new Error(`Not named once: ${popover.innerText}`);
                }
            },
        },
    ],
});

// A clerk picks invoices from the list: what failed is sent again, the rest is left out.
registry.category("web_tour.tours").add("mail_delivery_status_list_again", {
    steps: () => [
        {
            content: "Only what did not arrive",
            trigger: ".o_list_view .o_data_row .o_field_mail_status_badge:contains(Refused)",
        },
        {
            content: "All of them",
            trigger: "thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Send again",
            trigger: "button[name=action_send_failed_again]",
            run: "click",
        },
        {
            content: "The dialog says what is left out and who still has the wrong address",
            trigger:
                ".modal:contains(2 invoice):contains(Not sent again):contains(still have the address)",
        },
        {
            content: "Send",
            trigger: ".modal button[name=action_send_and_print]",
            run: "click",
        },
        {
            content: "They are sent in the background",
            trigger: ".o_notification:contains(being sent in the background)",
        },
    ],
});
