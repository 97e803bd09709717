/* C as in many old libraries: a function without a declaration, a missing type, a pointer of another type. */
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
