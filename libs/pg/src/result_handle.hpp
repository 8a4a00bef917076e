#pragma once

#include <libpq-fe.h>

#include <memory>

namespace trunkline::pg {

struct ClearResult {
    void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;

/// What Rows points to.
struct ResultHandle {
    explicit ResultHandle(ResultPtr result_in) : result(std::move(result_in)) {}
    ResultPtr result;
};

}  // namespace trunkline::pg
