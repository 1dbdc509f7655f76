// Package vendor reads the records of any system by a mapping: a YAML file that
// says where lists of records are, which fields are read, and per fact one
// expression for each field. It is compiled and checked before anything is read;
// a municipality writes and changes one without a compiler.
//
// A mapping has two halves that know nothing of each other. Where records are
// (REST or Files of a List) is plain data for an adapter. What they mean is the
// Mapper, which takes JSON and gives facts.
package vendor
