#pragma once

#include "event_intake.hpp"
#include "httpd/router.hpp"
#include "rejected_store.hpp"
#include "tenants/directory.hpp"

namespace trunkline::ingest {

/// GET /rejected?enterprise=&token=&status=&from=&to=&limit=&cursor=
httpd::Handler list_rejected(RejectedStore& store, tenants::Directory& directory);
/// GET /rejected/{id}
httpd::Handler get_rejected(RejectedStore& store);
/// POST /rejected/{id}/replay?accept_unsigned=: what a POST of the event would answer; one that was
/// replayed is a duplicate.
httpd::Handler replay_rejected(RejectedStore& store, EventIntake& intake);
/// POST /rejected/replay?enterprise=&token=&status=&from=&to=&limit=&cursor=&accept_unsigned=, one
/// of the filters at least: those not yet replayed, oldest first, `limit` of them; answers
/// `{"replayed":n,"duplicates":n,"failed":[{"id","status","detail"}],"next":"12"|null}`.
httpd::Handler replay_many_rejected(
    RejectedStore& store, EventIntake& intake, tenants::Directory& directory
);

}  // namespace trunkline::ingest
