#include "routes.hpp"

#include <chrono>

#include "app/page.hpp"
#include "bitrix24_handlers.hpp"
#include "control_handlers.hpp"
#include "moysklad_handlers.hpp"
#include "people_handlers.hpp"
#include "retailcrm_handlers.hpp"
#include "retailcrm_wishes.hpp"
#include "telegram_handlers.hpp"
#include "uon_handlers.hpp"

namespace trunkline::sandbox {

httpd::Router routes(State& state, const std::string& pages) {
    httpd::Router router;
    const httpd::RouteOptions api{
        .body_limit = 1024UL * 1024,
        .access = httpd::Access::open,
        .deadline = std::chrono::minutes(3),  // A fault may make an answer that slow.
        .secret_path = true
    };
    // It holds nothing of anybody: whoever may look at it may play with it.
    const httpd::RouteOptions control{
        .body_limit = 64UL * 1024,
        .access = httpd::Access::internal,
        .deadline = std::chrono::milliseconds(10'000)
    };
    for (const auto* method : {"GET", "POST"}) {
        router.add(method, "/bot{token}/{method}", telegram_method(state), api);
        router.add(method, "/retailcrm/{account}/api/{path...}", retailcrm_method(state), api);
        router.add(method, "/uon/{key}/{method...}", uon_method(state), api);
        router.add(method, "/bitrix24/{portal}/rest/{path...}", bitrix24_method(state), api);
    }
    router.add("GET", "/bitrix24/oauth/{path...}", bitrix24_oauth(state), api);
    for (const auto* method : {"GET", "POST", "PUT"}) {
        const auto phone = moysklad_method(state, moysklad::Api::phone);
        router.add(method, "/moysklad/api/phone/1.0/{path...}", phone, api);
    }
    for (const auto* method : {"GET", "POST"}) {
        const auto remap = moysklad_method(state, moysklad::Api::remap);
        router.add(method, "/moysklad/api/remap/1.2/{path...}", remap, api);
    }
    const httpd::RouteOptions open{
        .body_limit = 0,
        .access = httpd::Access::internal,
        .deadline = std::chrono::milliseconds(10'000)
    };
    router.add("GET", "/sandbox/chats", get_chats(state), open);
    router.add("GET", "/sandbox/retailcrm", get_retailcrm(state), open);
    router.add("POST", "/sandbox/retailcrm/limits", set_retailcrm_limits(state), control);
    router.add("POST", "/sandbox/retailcrm/clicks", click_in_retailcrm(state), control);
    router.add("POST", "/sandbox/retailcrm/statuses", change_retailcrm_status(state), control);
    router.add("POST", "/sandbox/retailcrm/activities", switch_retailcrm_module(state), control);
    router.add("GET", "/sandbox/moysklad", get_moysklad(state), open);
    router.add("POST", "/sandbox/moysklad/settings", set_moysklad(state), control);
    router.add("POST", "/sandbox/moysklad/click-to-call", click_in_moysklad(state), control);
    router.add("GET", "/sandbox/requests", get_requests(state), open);
    router.add("GET", "/sandbox/faults", get_faults(state), open);
    router.add("POST", "/sandbox/faults", add_fault(state), control);
    router.add("DELETE", "/sandbox/faults", clear_faults(state), control);
    router.add("GET", "/sandbox/limits", get_limits(state), open);
    router.add("POST", "/sandbox/limits", set_limits(state), control);
    router.add("POST", "/sandbox/reset", reset(state), control);
    router.add("POST", "/sandbox/telegram/messages", write_to_bot(state), control);
    router.add("POST", "/sandbox/telegram/presses", press_button(state), control);
    router.add("GET", "/sandbox/telegram/presses", get_presses(state), open);
    router.add("POST", "/sandbox/telegram/memberships", change_membership(state), control);
    router.add("GET", "/sandbox/uon", get_uon(state), open);
    router.add("POST", "/sandbox/uon/switches", set_uon_switches(state), control);
    router.add("POST", "/sandbox/uon/events", play_uon_event(state), control);
    router.add("GET", "/sandbox/bitrix24", get_bitrix24(state), open);
    router.add("POST", "/sandbox/bitrix24/settings", set_bitrix24(state), control);
    router.add("POST", "/sandbox/bitrix24/events", send_bitrix24_event(state), control);
    const httpd::RouteOptions page{
        .body_limit = 0,
        .access = httpd::Access::open,
        .deadline = std::chrono::milliseconds(10'000)
    };
    router.add("GET", "/sandbox", app::page(pages, "sandbox.html"), page);
    router.add("GET", "/sandbox/assets/{path...}", app::page_assets(pages), page);
    return router;
}

}  // namespace trunkline::sandbox
