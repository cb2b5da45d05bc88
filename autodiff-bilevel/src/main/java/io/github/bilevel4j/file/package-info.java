/** Files that a program writes: whole or line by line, every write checked, folders locked. */
package io.github.bilevel4j.file;
