#include "routes.hpp"

#include "click_to_call.hpp"

namespace trunkline::moysklad {

void add_hooks(httpd::Router& router, const connector::Parts& parts) {
    router.add(
        "POST", "/moysklad/hooks/{key}/click-to-call", take_click(parts), connector::hook_options()
    );
}

}  // namespace trunkline::moysklad
