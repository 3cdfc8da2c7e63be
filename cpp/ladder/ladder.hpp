// The room of the ladder: kernels written to be read, from the plainest loops to the production kernel, one idea per file.
//
// All steps of a topic have the same signature, so that any of them can stand where any other stands. README.md beside
// this file tells the story. This room uses simd/ and core/ alone; the last step of each topic is the production kernel
// and lives in the room it belongs to.
#pragma once

#include "core/types.hpp"

namespace mlcore::ladder {

// limits_fma.cpp                        multiply-adds per second: `tasks` times `iterations`; returns the flops done
template <class T>
double fma_chains(index tasks, index iterations);

// limits_stream.cpp                     bytes per second: contiguous x, y, z of one length
void fill(double a, Vector<double> y);                                                       // y = a
double read(Vector<const double> x);                                                         // sum of x
void copy(Vector<const double> x, Vector<double> y);                                         // y = x
void update(double a, Vector<const double> x, Vector<double> y);                             // y = a x + y
void triad(double a, Vector<const double> x, Vector<const double> y, Vector<double> z);      // z = x + a y

}  // namespace mlcore::ladder
