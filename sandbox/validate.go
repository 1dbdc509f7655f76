package sandbox

import "regexp"

var idForm = regexp.MustCompile(`^[A-Za-z0-9\-.]{1,64}$`)

// validate says what a writer's resource is refused for; nil if nothing. was is what it would replace, nil for a new one.
func (s *Server) validate(typ, id string, d doc, was *version) error {
	return nil
}
