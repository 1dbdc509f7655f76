package sandbox

import (
	"fmt"
	"net/http"
)

// refusal is why a request is not done: an HTTP status and what the OperationOutcome
// says. Its text never repeats a value of the request, which may name a person.
type refusal struct {
	status     int
	code       string // of OperationOutcome.issue
	text       string
	expression string // FHIRPath to what is wrong, "" if it is not in the body
	header     http.Header
}

func (f *refusal) Error() string {
	if f.expression == "" {
		return f.text
	}
	return f.expression + ": " + f.text
}

func refuse(status int, code, format string, args ...any) *refusal {
	return &refusal{status: status, code: code, text: fmt.Sprintf(format, args...)}
}

// invalid refuses content with 422.
func invalid(expression, format string, args ...any) *refusal {
	f := refuse(http.StatusUnprocessableEntity, "invalid", format, args...)
	f.expression = expression
	return f
}

// outcome writes the refusal as an OperationOutcome.
func (f *refusal) outcome() string {
	out := `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":` + quote(f.code) +
		`,"details":{"text":` + quote(f.text) + `},"diagnostics":` + quote(f.text)
	if f.expression != "" {
		out += `,"expression":[` + quote(f.expression) + `]`
	}
	return out + `}]}`
}
