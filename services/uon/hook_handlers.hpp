#pragma once

#include "connector/service.hpp"
#include "httpd/router.hpp"
#include "settings.hpp"
#include "uon.hpp"

namespace trunkline::uon {

// What U-ON calls: an enterprise's hook_key in the address is the proof, for it signs nothing.

/// What the handlers stand on; all of it outlives them.
struct HookParts {
    connector::Parts parts;
    Uon& uon;
    const Settings& settings;
};

/// /uon/hooks/{key}/event: a click (47), a changed client (3, 4, 5) or manager (60, 61, 67); other
/// events are taken and left alone.
httpd::Handler take_hook(HookParts hooks);
/// /uon/hooks/{key}/click-to-call: a click, whatever type_id says.
httpd::Handler take_click(HookParts hooks);
/// POST /internal/uon/register-hooks/{ent}: makes the webhooks in the cabinet that it lacks.
httpd::Handler register_hooks(HookParts hooks);

}  // namespace trunkline::uon
