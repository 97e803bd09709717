/* C as many old libraries have it: a function that is not declared, a type that is left out, a pointer of another type. */
text(number)
unsigned *number;
{
    int *other = number;
    return putchar('0' + *other) == '0' + 7;
}

int main(void) {
    unsigned seven = 7;
    return !text(&seven);
}
