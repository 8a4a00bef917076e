# Third-party libraries, all from Debian packages. Their headers are SYSTEM: their warnings are not ours.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(date REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
find_library(MIMALLOC_LIBRARY mimalloc REQUIRED)
find_path(RAPIDJSON_INCLUDE_DIR rapidjson/document.h REQUIRED)

add_library(trunkline_rapidjson INTERFACE)
target_include_directories(trunkline_rapidjson SYSTEM INTERFACE ${RAPIDJSON_INCLUDE_DIR})

# Its headers (Debian 12: with Boost 1.74 beside them in /usr/include) are seen by libs/numbers alone; that one includes
# no Boost, and ours comes first on everybody's path (below).
pkg_check_modules(PROTOBUF REQUIRED IMPORTED_TARGET protobuf)
find_path(PHONENUMBER_INCLUDE_DIR phonenumbers/phonenumberutil.h REQUIRED)
find_library(PHONENUMBER_LIBRARY phonenumber REQUIRED)
add_library(trunkline_phonenumber INTERFACE)
target_include_directories(trunkline_phonenumber SYSTEM INTERFACE ${PHONENUMBER_INCLUDE_DIR})
target_link_libraries(trunkline_phonenumber INTERFACE ${PHONENUMBER_LIBRARY} PkgConfig::PROTOBUF)

# Boost 1.81 of Debian 12 cannot be installed beside libphonenumber-dev, so scripts/deps unpacks its
# headers into .deps/boost; where Boost is recent enough (Debian 13) the system's is used.
set(TRUNKLINE_BOOST_ROOT "${CMAKE_SOURCE_DIR}/.deps/boost/usr/include" CACHE PATH "Unpacked Boost headers")
find_path(BOOST_INCLUDE_DIR boost/version.hpp
    HINTS ${TRUNKLINE_BOOST_ROOT} NO_DEFAULT_PATH)
find_path(BOOST_INCLUDE_DIR boost/version.hpp REQUIRED)
file(STRINGS ${BOOST_INCLUDE_DIR}/boost/version.hpp boost_version_line REGEX "define BOOST_VERSION ")
string(REGEX REPLACE "[^0-9]+([0-9]+).*" "\\1" boost_version "${boost_version_line}")
if(boost_version LESS 108100)
    message(FATAL_ERROR "Boost 1.81 or newer is needed, found ${boost_version}: run scripts/deps")
endif()

# Asio and Beast are compiled once, here; everybody else sees declarations.
add_library(trunkline_boost STATIC ${CMAKE_SOURCE_DIR}/cmake/boost_impl.cpp)
target_include_directories(trunkline_boost SYSTEM PUBLIC ${BOOST_INCLUDE_DIR})
target_compile_definitions(trunkline_boost PUBLIC
    BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
    BOOST_ASIO_NO_DEPRECATED BOOST_ERROR_CODE_HEADER_ONLY)
target_compile_options(trunkline_boost PRIVATE -w)
target_link_libraries(trunkline_boost PUBLIC Threads::Threads OpenSSL::SSL OpenSSL::Crypto)

if(NOT TRUNKLINE_FUZZ)
    # Catch2 2 (Debian 12) is one header, Catch2 3 (Debian 13) a library; testing/catch.hpp hides which.
    find_package(Catch2 REQUIRED)
    add_library(trunkline_catch STATIC ${CMAKE_SOURCE_DIR}/cmake/catch_main.cpp)
    if(Catch2_VERSION VERSION_LESS 3)
        target_link_libraries(trunkline_catch PUBLIC Catch2::Catch2)
        target_compile_definitions(trunkline_catch PUBLIC TRUNKLINE_CATCH2_V2)
    else()
        target_link_libraries(trunkline_catch PUBLIC Catch2::Catch2)
    endif()
    target_link_libraries(trunkline_catch PUBLIC trunkline_boost)
    # As the tests themselves: nobody waits for the speed of the framework.
    target_compile_options(trunkline_catch PRIVATE $<$<CONFIG:Release>:-O0>)
    include(Catch)
endif()
