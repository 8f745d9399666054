// Walks through views in the browser, and notes what was shown of the hostile words: `test_hostile_views.py`.
// `given` is {stops: [{name, action | call: [model, method, ids], path, viewType, resId}], form: text}.
const { env } = odoo.__WOWL_DEBUG__.root;
const { action, orm, dialog } = env.services;
const seen = {};
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const MADE = "[onerror]:not([src^='/web/assets/']), [onload], [onclick], a[href^='javascript' i]";
const problems = new Set();

function fail(words) {
    problems.add(words);
}

let running = 0;
const { rpcBus } = odoo.loader.modules.get("@web/core/network/rpc");
rpcBus.addEventListener("RPC:REQUEST", () => running++);
rpcBus.addEventListener("RPC:RESPONSE", () => running--);

async function settled() {
    for (let quiet = 0, tries = 0; quiet < 3 && tries < 200; tries++) {
        await wait(60);
        quiet = running > 0 || document.querySelector(".o_blockUI") ? 0 : quiet + 1;
    }
}

function look(name) {
    if (window.__xss !== undefined) {
        fail(`${name}: code has run: ${window.__xss}`);
        delete window.__xss;
    }
    const made = document.querySelector(MADE);
    if (made) {
        fail(`${name}: became markup: ${made.outerHTML.slice(0, 300)}`);
    }
    const inputs = [...document.querySelectorAll("input, textarea")].map((input) => input.value);
    for (const frame of document.querySelectorAll("iframe[srcdoc]")) {
        const page = new DOMParser().parseFromString(frame.srcdoc, "text/html");
        if (page.querySelector(`${MADE}, script, iframe, link, base, [href], [src]:not([src^='data:'])`)) {
            fail(`${name}: in the frame: ${page.body.outerHTML.slice(0, 500)}`);
        }
    }
    const titles = [document.title, ...[...document.querySelectorAll("[title], [data-tooltip]")].map((one) => one.title || one.dataset.tooltip)];
    const text = [document.body.innerText, document.body.textContent, ...inputs, ...titles].join("\n");
    for (const [, marker] of text.matchAll(/<img src=x onerror=window\.__xss='([\w.-]+)'>/g)) {
        (seen[marker] ??= new Set()).add(name);
    }
}

async function everyTab(name) {
    look(name);
    for (const link of [...document.querySelectorAll(".o_notebook_headers a.nav-link")]) {
        if (link.isConnected) {
            link.click();
            await settled();
            look(`${name}, ${link.innerText}`);
        }
    }
}

async function everyColumn(name) {
    const button = document.querySelector(".o_optional_columns_dropdown button, .o_optional_columns_dropdown_toggle");
    for (let place = 0; button && place < 20; place++) {
        if (!document.querySelector(".o-dropdown--menu input[type=checkbox]")) {
            button.click();
            await wait(80);
        }
        const boxes = [...document.querySelectorAll(".o-dropdown--menu input[type=checkbox]")];
        if (!boxes[place]) {
            break;
        }
        if (!boxes[place].checked) {
            boxes[place].click();
            await settled();
        }
    }
    look(name);
}

for (const stop of given.stops) {
    dialog.closeAll();
    await wait(50);
    let wanted = stop.action;
    try {
        if (stop.call) {
            wanted = await orm.call(...stop.call);
        }
        await action.doAction(wanted, {
            clearBreadcrumbs: !stop.call,
            ...(stop.viewType ? { viewType: stop.viewType } : {}),
            ...(stop.resId ? { props: { resId: stop.resId } } : {}),
        });
    } catch (error) {
        const { message, data } = error.cause || error;
        fail(`${stop.name}: ${message} ${(data?.debug || "").slice(-600)}`);
        continue;
    }
    await settled();
    await everyTab(stop.name);
    if (stop.viewType === "list") {
        await everyColumn(stop.name);
    }
    if (stop.popover) {
        for (const envelope of document.querySelectorAll(".o-mail-Message-notification")) {
            envelope.click();
            await settled();
            look(`${stop.name}, popover`);
        }
    }
    for (const words of document.querySelectorAll(".o_error_dialog, .o_notification.border-danger")) {
        fail(`${stop.name}: ${words.innerText}`);
    }
}
await wait(300);
look("at the end");
const missing = given.markers.filter((marker) => !seen[marker]);
console.log("SEEN " + JSON.stringify(Object.fromEntries(Object.entries(seen).map(([marker, places]) => [marker, [...places]]))));
if (missing.length) {
    fail(`not shown as it is: ${missing}`);
}
if (problems.size) {
    throw new Error([...problems].join("\n"));
}
console.log("test successful");
