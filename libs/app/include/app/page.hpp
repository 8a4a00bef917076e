#pragma once

#include <string>

#include "httpd/router.hpp"

namespace trunkline::app {

/// One of the pages that scripts/build makes out of web/pages. `folder` is CommonSettings'
/// pages_folder. The page may fetch from its own host only and carries a
/// Content-Security-Policy that lets nothing else run: each answer has a nonce of its own in it
/// for the styles that the page makes. Without the page's file: 503, and where it comes from.
httpd::Handler page(std::string folder, std::string file);

/// `{path...}` of the files of all pages. Their names change with their content, so browsers keep
/// them for a year. Who takes gzip gets `<file>.gz`, where scripts/build made one.
httpd::Handler page_assets(std::string folder);

}  // namespace trunkline::app
