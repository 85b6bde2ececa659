// Package connect finds the Docker-compatible engines a person can use, connects to one, says exactly what is wrong when
// none answers, and connects again when the connection is lost.
//
// Discover lists every endpoint this computer knows of, Dial makes a client for one, Try asks one whether it works, and a
// Supervisor keeps a program connected for as long as it runs. Everything else in Berth gets its *client.Client from here.
//
// What a failure means is decided here, once, from what the socket, the engine and the operating system answer; starting
// an engine is left to the caller, who gets the command as data (see StartCommand). Nothing is read from the process
// itself but through Where, so that what happens on another OS, or for another user, can be tried on this one.
package connect
