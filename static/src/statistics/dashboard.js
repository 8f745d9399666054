import { Component, onWillStart, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { localization } from "@web/core/l10n/localization";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

const CHOSEN = "mail_delivery_status.statistics_period";
const UNITS = [
    [86400, "day"],
    [3600, "hour"],
    [60, "minute"],
    [1, "second"],
];

/** What became of the mails of today, a week or a month, in a few figures; each leads to the list behind it. */
export class MailStatisticsDashboard extends Component {
    static template = "mail_delivery_status.StatisticsDashboard";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.periods = { today: _t("Today"), week: _t("7 days"), month: _t("30 days") };
        const period = browser.localStorage.getItem(CHOSEN);
        this.state = useState({ period: period in this.periods ? period : "week", data: null });
        onWillStart(async () => {
            this.state.data = await this.orm.call("mail.statistics", "dashboard");
        });
    }

    get figures() {
        return this.state.data.periods[this.state.period];
    }

    get tiles() {
        const { taken_count, returned_count, refused_count, unknown_count, median } = this.figures;
        const { waiting, most_waiting } = this.state.data;
        const share = taken_count ? (100 * returned_count) / taken_count : 0;
        const one = (name) => [[name, "=", 1]];
        return [
            {
                name: "taken",
                label: _t("Taken by a mail server"),
                value: this.number(taken_count),
                domain: one("taken_count"),
            },
            {
                name: "returned",
                label: _t("Came back undelivered"),
                value: this.number(returned_count),
                note: returned_count ? `${this.number(share, { maximumFractionDigits: 1 })} %` : "",
                color: returned_count && "text-danger",
                domain: one("returned_count"),
            },
            {
                name: "refused",
                label: _t("Refused for good"),
                value: this.number(refused_count),
                color: refused_count && "text-danger",
                domain: one("refused_count"),
            },
            {
                name: "unknown",
                label: _t("Outcome unknown"),
                value: this.number(unknown_count),
                color: unknown_count && "text-warning-emphasis",
                domain: one("unknown_count"),
            },
            {
                name: "waiting",
                label: _t("Waiting now"),
                value: this.number(waiting) + (waiting >= most_waiting ? "+" : ""),
                action: "mail_delivery_status.mail_mail_action_queued",
            },
            {
                name: "time",
                label: _t("Usual time until taken"),
                title: _t("Half of the e-mails were taken by a mail server sooner, half of them later."),
                value: median === null ? "–" : this.duration(median),
                domain: one("taken_count"),
            },
        ];
    }

    number(value, options = {}) {
        return new Intl.NumberFormat(localization.code.replace("_", "-"), options).format(value);
    }

    duration(seconds) {
        const [size, unit] = UNITS.find(([size]) => seconds >= size) || UNITS.at(-1);
        const maximumFractionDigits = size > 60 ? 1 : 0;
        const options = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits };
        return seconds ? this.number(seconds / size, options) : `< ${this.number(1, options)}`;
    }

    choose(period) {
        this.state.period = period;
        browser.localStorage.setItem(CHOSEN, period);
    }

    open(tile) {
        if (tile.action) {
            return this.action.doAction(tile.action);
        }
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: `${tile.label}: ${this.periods[this.state.period]}`,
            res_model: "mail.statistics",
            views: [[false, "list"]],
            domain: [...tile.domain, ["date", ">=", this.figures.since]],
        });
    }
}
