#include "command_line.hpp"

int main(int argc, char** argv) { return trunkline::trunkctl::run(argc, argv); }
