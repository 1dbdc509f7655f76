package vendor

import (
	"reflect"

	"github.com/expr-lang/expr/ast"
)

// quick evaluates an expression on a row without the machine; quickList one that
// gives a list.
type (
	quick     func(x *reading, row reflect.Value, out *value) error
	quickList func(x *reading, row reflect.Value, out []value) ([]value, error)
)

func (c *compiling) quicken(ast.Node, factField) (quick, quickList) { return nil, nil }
