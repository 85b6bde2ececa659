// Package resources holds the files that are built into Berth: the recipe of the sandbox image, and what the window draws
// and says. It decides nothing about them; whoever uses a file says what for.
package resources
