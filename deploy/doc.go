// Package deploy holds what brygga is installed with (a unit of systemd, a compose
// file), and tests it as far as the machine lets it. There is no code in it.
package deploy
