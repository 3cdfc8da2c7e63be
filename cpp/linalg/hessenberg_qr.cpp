#include "linalg/nonsymmetric.hpp"
namespace mlcore::linalg {
template <class T>
Status hessenberg_qr(const SchurWork<T>& work, Range range) { return francis(work, range); }
template Status hessenberg_qr<float>(const SchurWork<float>&, Range);
template Status hessenberg_qr<double>(const SchurWork<double>&, Range);
}
